package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clockwarden/clockwarden/core"
	"github.com/clockwarden/clockwarden/core/store"
)

// TestAKnownAddressIsTold: whoever invited an address elsewhere may have accepted in its name, and would come in wherever the
// operator lets it in without an invitation.
func TestAKnownAddressIsTold(t *testing.T) {
	database := filepath.Join(t.TempDir(), "clockwarden.db")
	command := func(args ...string) (stdout, stderr string) {
		t.Helper()
		var out, errs bytes.Buffer
		if status := run(t.Context(), args, strings.NewReader(""), &out, &errs, []string{"CLOCKWARDEN_DATABASE=" + database}); status != exitDone {
			t.Fatalf("%v: exit status %d, %s", args, status, errs.String())
		}
		return out.String(), errs.String()
	}
	create := func(slug, owner string) (string, string) {
		return command("workspace", "create", "--name="+slug, "--slug="+slug, "--owner-email="+owner, "--owner-name=Owner")
	}
	if _, said := create("evil", "eve@evil.test"); said != "" {
		t.Errorf("a new address: %s", said)
	}
	command("member", "add", "--workspace=evil", "--email=ceo@acme.test", "--name=C")
	command("member", "add", "--workspace=evil", "--email=sso@acme.test", "--name=S")
	command("member", "add", "--workspace=evil", "--email=new@acme.test", "--name=N")
	accept(t, database, "ceo@acme.test", core.Acceptance{Name: "C", Password: "chosen by eve"}, "")
	accept(t, database, "sso@acme.test", core.Acceptance{Name: "S"}, "https://id.test")

	const password, login = "used elsewhere with a password", "used elsewhere with single sign-on"
	out, said := create("acme", "ceo@acme.test")
	if out != "Workspace acme (acme) was created with ceo@acme.test as its owner.\n" || !strings.Contains(said, password) || strings.Count(said, "\n") != 1 {
		t.Errorf("workspace create: %s%s", out, said)
	}
	for _, c := range []struct {
		does, want string
		args       []string
	}{
		{"somebody with single sign-on", login, []string{"add", "--email=sso@acme.test", "--name=S", "--active", "--json"}},
		{"somebody without a way in", "", []string{"add", "--email=new@acme.test", "--name=N", "--active", "--json"}},
		{"an invitation", "", []string{"add", "--email=eve@evil.test", "--name=E", "--json"}},
	} {
		out, said := command(append(append([]string{"member"}, c.args...), "--workspace=acme")...)
		if !strings.HasPrefix(out, `{"id":"`) || (said == "") != (c.want == "") || !strings.Contains(said, c.want) {
			t.Errorf("%s: %s%s", c.does, out, said)
		}
	}
	create("globex", "gus@globex.test")
	command("member", "add", "--workspace=globex", "--email=ceo@acme.test", "--name=C")
	if _, said := command("member", "set", "--workspace=globex", "--email=ceo@acme.test", "--status=active"); !strings.Contains(said, password) {
		t.Errorf("made active later: %q", said)
	}
}

// accept accepts the address' invitation to evil, and links a login of the issuer where there is one.
func accept(t *testing.T, database, email string, in core.Acceptance, issuer string) {
	t.Helper()
	ctx := t.Context()
	st, err := store.Open(ctx, store.Options{DSN: database})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	svc, err := core.New(core.Options{Store: st, Clock: core.SystemClock{}})
	if err != nil {
		t.Fatal(err)
	}
	defer svc.Close()
	ws, err := svc.WorkspaceBySlug(ctx, "evil")
	if err != nil {
		t.Fatal(err)
	}
	m, err := svc.MemberByEmail(ctx, operator().In(ws.ID), email)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := svc.CreateInvitation(ctx, operator().In(ws.ID), m.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := svc.AcceptInvitation(ctx, token, in, core.Client{}); err != nil {
		t.Fatal(err)
	}
	if issuer == "" {
		return
	}
	a := core.Actor{UserID: m.User.ID, MemberID: m.ID, WorkspaceID: ws.ID, Door: core.DoorPanel}
	if err := svc.LinkLogin(ctx, a, issuer, "subject"); err != nil {
		t.Fatal(err)
	}
}
