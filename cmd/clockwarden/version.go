package main

import (
	"runtime"
	"runtime/debug"
)

// version is set by the linker for packages (-X main.version=…); otherwise the
// version that the Go tool wrote into the binary is shown.
var version string

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
	v := versionInfo{Version: version, Commit: "unknown", Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		if v.Version == "" && info.Main.Version != "(devel)" {
			v.Version = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Commit = s.Value
			}
		}
	}
	if v.Version == "" {
		v.Version = "dev"
	}
	return v
}
