package store

// searchTexts holds, per workspace, the text that searches look through.
type searchTexts struct{}
