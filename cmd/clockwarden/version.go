package main

import (
	"runtime"
	"runtime/debug"
)

// version and commit are set by the linker (-X main.version=… -X main.commit=…);
// otherwise what the Go tool wrote into the binary is shown.
var version, commit string

type versionCommand struct {
	jsonFlag
}

type versionInfo struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
}

// Run prints the version; it opens neither configuration nor database.
func (c *versionCommand) Run(inv *invocation) error {
	v := buildVersion()
	return inv.print(c.JSON, v, "cli.version", map[string]any{"Version": v.Version, "Commit": v.Commit, "Go": v.Go})
}

func buildVersion() versionInfo {
	v := versionInfo{Version: version, Commit: commit, Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		if v.Version == "" && info.Main.Version != "(devel)" {
			v.Version = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && v.Commit == "" {
				v.Commit = s.Value
			}
		}
	}
	if v.Version == "" {
		v.Version = "dev"
	}
	if v.Commit == "" {
		v.Commit = "unknown"
	}
	return v
}
