package api

type deactivated struct {
	Deactivated int `json:"deactivated"`
}

// deactivateKeys serves POST /members/{id}/deactivate-api-keys: the own keys, and those of others
// for owners on the Enterprise plan. All active keys of the member are deactivated at once.
func deactivateKeys(c *call) (answer, error) {
	var reason string
	if err := c.input(strict, map[string]member{"reason": textOf(&reason)}); err != nil {
		return answer{}, err
	}
	n, err := c.svc.DeactivateAPIKeys(c.r.Context(), c.actor, pathID(c.vars["id"]), reason)
	if err != nil {
		return answer{}, err
	}
	return ok(deactivated{n}), nil
}
