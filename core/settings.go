package core

import "context"

// Settings are what the owners of a workspace set, beside what the installation sets where they do not.
type Settings struct {
	Workspace Workspace
	Defaults  ForgottenDefaults // of the installation
	Chat      []ChatConnection  // the platforms connected to the workspace
}

// Settings returns the workspace's settings. Owners and the operator. Code owner_required.
func (s *Service) Settings(ctx context.Context, a Actor) (Settings, error) {
	var all Settings
	err := s.read(ctx, a, func(ctx context.Context, w *work) error {
		if err := w.allow(ctx, ActSettingsView, ""); err != nil {
			return err
		}
		all = Settings{Workspace: w.ws, Defaults: s.forgotten, Chat: s.ChatConnections(w.ws.Slug)}
		return nil
	})
	return all, err
}
