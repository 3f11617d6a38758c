package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/clockwarden/clockwarden/bot/slack/fakeslack"
	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
)

const deployFolder = "../../deploy/"

// metricShape is what the list in docs/metrics.md promises of a metric.
type metricShape struct {
	kind   string
	labels string // sorted
}

var documentedMetric = regexp.MustCompile("(?m)^\\| `(clockwarden_[a-z_]+)` \\| (\\w+) \\| ([^|]*)\\|")

func documentedMetrics(t *testing.T) map[string]metricShape {
	t.Helper()
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]metricShape{}
	for _, m := range documentedMetric.FindAllStringSubmatch(string(text), -1) {
		var labels []string
		for name := range strings.SplitSeq(m[3], ",") {
			if name = strings.Trim(name, " `"); name != "" {
				labels = append(labels, name)
			}
		}
		slices.Sort(labels)
		list[m[1]] = metricShape{m[2], strings.Join(labels, ",")}
	}
	if len(list) < 10 {
		t.Fatalf("docs/metrics.md lists only %d metrics", len(list))
	}
	return list
}

var (
	metricType   = regexp.MustCompile(`(?m)^# TYPE (clockwarden_\S+) (\w+)$`)
	metricSample = regexp.MustCompile(`(?m)^(clockwarden_\w+?)(_bucket|_sum|_count)?(?:\{(.*)\})? \S+$`)
	labelName    = regexp.MustCompile(`(\w+)="`)
)

// scrapedMetrics reads the shapes of what a scrape answered.
func scrapedMetrics(body string) map[string]metricShape {
	list := map[string]metricShape{}
	for _, m := range metricType.FindAllStringSubmatch(body, -1) {
		list[m[1]] = metricShape{kind: m[2]}
	}
	for _, m := range metricSample.FindAllStringSubmatch(body, -1) {
		name := m[1]
		if _, ok := list[name]; !ok {
			name += m[2]
		}
		var labels []string
		for _, l := range labelName.FindAllStringSubmatch(m[3], -1) {
			if l[1] != "le" {
				labels = append(labels, l[1])
			}
		}
		slices.Sort(labels)
		list[name] = metricShape{list[name].kind, strings.Join(labels, ",")}
	}
	return list
}

// TestMetricsAreTheDocumentedOnes: a server that has had some work shows every
// metric of the list and no other, and nothing of people.
func TestMetricsAreTheDocumentedOnes(t *testing.T) {
	fake := fakeslack.New(t, fakeslack.Options{Now: time.Now})
	environ := append(serveEnviron(t), "CLOCKWARDEN_METRICS_LISTEN=127.0.0.1:0", "CLOCKWARDEN_FORGOTTEN_SCHEDULE=@every 1s")
	environ = append(append(environ, slackEnviron(fake)...), environOf(map[string]string{
		"discord.enabled": "true", "discord.workspace": "acme", "discord.application_id": "123456", "discord.bot_token": "token",
		"discord.public_key": strings.Repeat("ab", 32), "discord.guild_id": "456789", "discord.api_url": "http://127.0.0.1:9/api/v10",
	})...)
	command(t, environ, "workspace", "create", "--name=Acme", "--slug=acme", "--plan=enterprise", "--owner-email=olivia@acme.test", "--owner-name=Olivia")
	command(t, environ, "identity", "link", "--workspace=acme", "--email=olivia@acme.test", "--platform=slack", "--team="+fake.Team(), "--user=UOLIVIA")
	command(t, environ, "seed", "--workspace=acme", "--members=10", "--entries=0", "--running=8", "--overdue=3")
	s := startProgram(t, environ, "serve")
	fake.Connect("http://" + s.addr)

	fake.Person("UOLIVIA").Runs("/timer status")
	url := "http://" + s.addr
	for _, path := range []string{"/healthz", "/healthz", "/api/v1/user", "/", "/nobody/knows/this", "/invitation/secret-token"} {
		get(t, url+path)
	}
	req, err := http.NewRequestWithContext(t.Context(), "BREW", url+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	unsigned, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/discord/interactions", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	unsigned.Header.Set("Content-Type", "application/json")
	for _, r := range []*http.Request{req, unsigned} {
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	for deadline := time.Now().Add(15 * time.Second); strings.Count(command(t, environ, "audit", "export", "--workspace=acme"), `"act":"flag.open"`) != 3; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no timers were flagged")
		}
	}

	body := scrape(t, s)
	if want, got := documentedMetrics(t), scrapedMetrics(body); !maps.Equal(want, got) {
		for name, w := range want {
			if got[name] != w {
				t.Errorf("%s: docs/metrics.md says %v, the scrape %v", name, w, got[name])
			}
		}
		for name := range got {
			if _, ok := want[name]; !ok {
				t.Errorf("docs/metrics.md does not list %s", name)
			}
		}
	}
	for _, want := range []string{
		`clockwarden_http_requests_total{method="GET",route="/healthz",status="200"} 2`,
		`clockwarden_http_requests_total{method="other",route="/healthz",status="200"} 1`,
		`clockwarden_http_requests_total{method="GET",route="/api/v1/user",status="401"} 1`,
		`clockwarden_http_requests_total{method="GET",route="/",status="200"} 1`,
		`clockwarden_http_requests_total{method="GET",route="/invitation/{token}",status="`,
		`clockwarden_http_requests_total{method="GET",route="none",status="404"} 1`,
		`clockwarden_http_requests_total{method="POST",route="/slack/commands",status="200"} 1`,
		`clockwarden_http_requests_total{method="POST",route="/discord/interactions",status="401"} 1`,
		`clockwarden_chat_answer_duration_seconds_count{kind="command",platform="discord"} 0`,
		`clockwarden_http_request_duration_seconds_count{method="GET",route="/healthz"} 2`,
		`clockwarden_chat_answer_duration_seconds_count{kind="command",platform="slack"} 1`,
		`clockwarden_chat_answer_duration_seconds_count{kind="press",platform="slack"} 0`,
		`clockwarden_flags_opened_total 3`,
		`clockwarden_flags{state="open"} 3`, `clockwarden_flags{state="snoozed"} 0`, `clockwarden_flags{state="resolved"} 0`,
		`clockwarden_outbox_pending{platform="slack"} `, `clockwarden_outbox_dead{platform="discord"} 0`,
		`clockwarden_store_errors_total{kind="unavailable",operation="write"} 0`,
		`clockwarden_live_clients 0`,
		`clockwarden_build_info{commit="`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, personal := range []string{"acme", "olivia", "UOLIVIA", "secret-token", "nobody"} {
		if strings.Contains(strings.ToLower(body), strings.ToLower(personal)) {
			t.Errorf("the metrics hold %q", personal)
		}
	}
	if t.Failed() {
		t.Log(body)
	}
}

// slackEnviron connects a server with a stand-in of Slack.
func slackEnviron(fake *fakeslack.Fake) []string {
	return []string{
		"CLOCKWARDEN_SLACK_ENABLED=true", "CLOCKWARDEN_SLACK_MODE=http", "CLOCKWARDEN_SLACK_WORKSPACE=acme",
		"CLOCKWARDEN_SLACK_BOT_TOKEN=" + fake.BotToken(), "CLOCKWARDEN_SLACK_SIGNING_SECRET=" + fake.SigningSecret(),
		"CLOCKWARDEN_SLACK_API_URL=" + fake.APIURL(), "CLOCKWARDEN_SLACK_ALERT_CHANNEL=C1",
	}
}

func scrape(t *testing.T, s *server) string {
	t.Helper()
	found := metricsAddr.FindStringSubmatch(s.stderr.String())
	if found == nil {
		t.Fatalf("no address of the metrics:\n%s", s.stderr)
	}
	status, body := get(t, "http://"+found[1]+"/metrics")
	if status != http.StatusOK {
		t.Fatalf("/metrics answers %d: %s", status, body)
	}
	return body
}

// TestRequestsThatFailAreWarnings: what went wrong on our side is in the log with the route, on every level.
func TestRequestsThatFailAreWarnings(t *testing.T) {
	log := &lockedBuffer{}
	m := newMetrics()
	h := m.observed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "abc")
		sawRoute(r, "/w/{slug}")
		w.WriteHeader(http.StatusServiceUnavailable)
		w.WriteHeader(http.StatusOK) // too late
	}), slog.New(slog.NewTextHandler(log, nil)))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/w/secret", nil)
	h.ServeHTTP(httptest.NewRecorder(), r)
	for _, want := range []string{"level=WARN", "msg=request", "request_id=abc", "route=/w/{slug}", "status=503"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %s in %s", want, log)
		}
	}
	if strings.Contains(log.String(), "secret") {
		t.Errorf("the log holds an address: %s", log)
	}
}

// TestARequestThatIsGivenUpIsAFailure: who asked got no answer, so it must not be counted as a good one.
func TestARequestThatIsGivenUpIsAFailure(t *testing.T) {
	log := &lockedBuffer{}
	h := newMetrics().observed(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("broken") }), slog.New(slog.NewTextHandler(log, nil)))
	func() {
		defer func() {
			if recover() != "broken" {
				t.Error("the panic did not reach the server")
			}
		}()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/slack/command", nil))
	}()
	if !strings.Contains(log.String(), "status=500") {
		t.Errorf("the log says %q", log)
	}
}

// TestBacklogIsReadRarely: however often and by how many the metrics are
// scraped, the database is asked once in a while; figures that could not be
// read are left out.
func TestBacklogIsReadRarely(t *testing.T) {
	clock := &steppedClock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	reads, broken := 0, error(nil)
	m := newMetrics()
	m.clock = clock
	m.watchBacklog(func(ctx context.Context, platforms []string) (store.Backlog, error) {
		reads++
		if _, limited := ctx.Deadline(); !limited {
			t.Error("a scrape could wait for ever")
		}
		return store.Backlog{
			Outbox: map[string]store.Waiting{platforms[0]: {Pending: 2, Oldest: clock.now.Add(-time.Minute), Dead: 1}},
			Flags:  map[core.FlagState]int{core.FlagOpen: 4},
		}, broken
	}, []string{"slack"}, slog.New(slog.DiscardHandler))
	look := func() string {
		w := httptest.NewRecorder()
		m.scraped(slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
		return w.Body.String()
	}
	for range 3 {
		body := look()
		for _, want := range []string{`clockwarden_outbox_pending{platform="slack"} 2`, `clockwarden_outbox_oldest_age_seconds{platform="slack"} 60`, `clockwarden_outbox_dead{platform="slack"} 1`, `clockwarden_flags{state="open"} 4`} {
			if !strings.Contains(body, want) {
				t.Errorf("no %s", want)
			}
		}
	}
	if reads != 1 {
		t.Errorf("three scrapes read the database %d times", reads)
	}
	clock.now, broken = clock.now.Add(backlogFor), errors.New("disk full")
	body := look()
	if reads != 2 || strings.Contains(body, "clockwarden_outbox_pending{") || !strings.Contains(body, "clockwarden_backlog_failures_total 1") || !strings.Contains(body, "clockwarden_build_info") {
		t.Errorf("%d reads:\n%s", reads, body)
	}
}

type steppedClock struct{ now time.Time }

func (c *steppedClock) Now() time.Time { return c.now }

var metricName = regexp.MustCompile(`clockwarden_[a-z_]+`)

// brokenFigure is a figure that can't be had.
type brokenFigure struct{ cause error }

func (brokenFigure) Describe(chan<- *prometheus.Desc) {}

func (b brokenFigure) Collect(out chan<- prometheus.Metric) {
	out <- prometheus.NewInvalidMetric(prometheus.NewDesc("clockwarden_broken", "None.", nil, nil), b.cause)
}

// A fault inside costs its own figure, and whoever scrapes is not told of it.
func TestAScrapeTellsNothingOfFaults(t *testing.T) {
	m := newMetrics()
	m.registry.MustRegister(brokenFigure{errors.New("dial db.internal:5432 as clockwarden")})
	var log strings.Builder
	w := httptest.NewRecorder()
	m.scraped(slog.New(slog.NewTextHandler(&log, nil))).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, "clockwarden_build_info") || strings.Contains(body, "db.internal") {
		t.Errorf("a scrape with a fault = %d %.300s", w.Code, body)
	}
	if !strings.Contains(log.String(), "db.internal") {
		t.Errorf("the log says %q", log.String())
	}
}

// TestDeployedFilesNameRealMetrics: dashboard and alert rules use nothing that is not there.
func TestDeployedFilesNameRealMetrics(t *testing.T) {
	known := documentedMetrics(t)
	used := map[string]bool{}
	for _, file := range []string{"alerts.yaml", "grafana-dashboard.json"} {
		text, err := os.ReadFile(deployFolder + file)
		if err != nil {
			t.Fatal(err)
		}
		names := metricName.FindAllString(string(text), -1)
		if len(names) == 0 {
			t.Errorf("%s names no metric", file)
		}
		for _, name := range names {
			base := name
			if _, ok := known[name]; !ok {
				for _, part := range []string{"_bucket", "_sum", "_count"} {
					base = strings.TrimSuffix(base, part)
				}
				if known[base].kind != "histogram" {
					t.Errorf("%s names %s, which does not exist", file, name)
				}
			} else if known[name].kind == "histogram" {
				t.Errorf("%s names the histogram %s without _bucket, _sum or _count", file, name)
			}
			used[base] = true
		}
	}
	for name := range known {
		if !used[name] {
			t.Errorf("neither the dashboard nor an alert shows %s", name)
		}
	}
	var dashboard struct {
		Title  string
		Panels []struct {
			ID      int
			Title   string
			Targets []struct{ Expr string }
		}
	}
	text, err := os.ReadFile(deployFolder + "grafana-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &dashboard); err != nil || dashboard.Title == "" {
		t.Fatalf("the dashboard: %v", err)
	}
	ids := map[int]bool{}
	for _, p := range dashboard.Panels {
		if p.Title == "" || len(p.Targets) == 0 || p.Targets[0].Expr == "" || ids[p.ID] {
			t.Errorf("panel %d %q is not complete", p.ID, p.Title)
		}
		ids[p.ID] = true
	}
}

// TestAlertRulesAreValid asks Prometheus's own tool, which also reads the expressions of the dashboard.
func TestAlertRulesAreValid(t *testing.T) {
	promtool := findTool(t, "promtool")
	check := func(file string) {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), promtool, "check", "rules", file).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "SUCCESS") {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
	}
	check(deployFolder + "alerts.yaml")

	text, err := os.ReadFile(deployFolder + "grafana-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	var rules strings.Builder
	rules.WriteString("groups:\n- name: dashboard\n  rules:\n")
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			fmt.Fprintf(&rules, "  - record: panel\n    expr: %q\n    labels: {n: \"%d\"}\n",
				strings.ReplaceAll(target.Expr, "$__rate_interval", "5m"), rules.Len())
		}
	}
	check(writeFile(t, "dashboard.yaml", rules.String()))
}
