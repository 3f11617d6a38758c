package main

import (
	"net"
	"testing"
)

func TestPublicAddress(t *testing.T) {
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4711}
	for _, c := range []struct {
		base, listen string
		realPort     bool
		want         string
	}{
		{"http://localhost:8080", "127.0.0.1:8080", false, "http://localhost:8080"},
		{"http://localhost:8080", "127.0.0.1:0", false, "http://localhost:4711"},
		{"http://localhost:8080", "127.0.0.1:4711", true, "http://localhost:4711"},
		{"http://localhost", "127.0.0.1:4711", true, "http://localhost:4711"},
		{"https://time.example.com", "127.0.0.1:4711", false, "https://time.example.com"},
		{"http://[::1]:1", "[::1]:0", false, "http://[::1]:4711"},
	} {
		cfg := Default()
		cfg.BaseURL, cfg.Listen = c.base, c.listen
		got, err := publicAddress(cfg, addr, c.realPort)
		if err != nil || got.String() != c.want {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
	}
}

func TestLanguageOf(t *testing.T) {
	for want, environs := range map[string][][]string{
		"en": {nil, {"LANG=C.UTF-8"}, {"LANG=C"}, {"LANG=POSIX"}, {"LANG=fr_FR.UTF-8"}, {"LANG=de_DE.UTF-8", "LC_ALL=en_US.UTF-8"}, {"LANG=en_US", "LC_ALL="}},
		"de": {{"LANG=de_DE.UTF-8"}, {"LANG=de_AT@euro"}, {"LANG=de"}, {"LC_MESSAGES=de_CH.UTF-8", "LANG=en_US"}, {"LC_ALL=de_DE", "LC_MESSAGES=en_US"}},
	} {
		for _, environ := range environs {
			if got := languageOf(environ); got != want {
				t.Errorf("%v: %s, want %s", environ, got, want)
			}
		}
	}
}
