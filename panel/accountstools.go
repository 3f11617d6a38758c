package panel

import "github.com/clockwarden/clockwarden/templates"

// tableTools fills in what stands around the Accounts table: the columns to choose from, and where the forms go that
// act on the whole view.
func (v *visit) tableTools(r *templates.Accounts, view tableView) {
	texts := map[string]string{
		"email": "word.email", "role": "word.role", "status": "word.status", "keys": "panel.accounts.keys",
		"timer": "panel.accounts.running", "seen": "word.last_activity",
	}
	for _, column := range optionalColumns() {
		r.ColumnLinks = append(r.ColumnLinks, templates.ColumnLink{
			ID: "column-" + column, Text: v.t(texts[column]), URL: v.viewURL(view.toggling(column)), Shown: view.shows(column),
		})
	}
	if view.Columns != "" {
		all := view
		all.Columns = ""
		r.AllColumns = v.viewURL(all)
	}
	r.BulkURL, r.ExportURL = v.path(bulkPath), v.path("/accounts/export")
	r.SelectPage = v.t("owner.select_page")
	if query := view.query(); query != "" {
		r.View = []templates.Field{{Name: "view", Value: query}}
	}
}
