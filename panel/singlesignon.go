package panel

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"github.com/clockwarden/clockwarden/core"
)

const (
	// ssoFor is how long somebody may stay at the provider.
	ssoFor = 10 * time.Minute
	// ssoWithin bounds each request to the provider.
	ssoWithin = 8 * time.Second
)

// singleSignOn talks to the OpenID Connect provider. The provider is looked up when it is first needed, so that the
// service starts without it.
type singleSignOn struct {
	o      OIDCOptions
	now    func() time.Time
	client *http.Client
	seal   cipher.AEAD

	finding singleflight.Group
	mu      sync.Mutex
	found   *provider
}

// provider is what was learnt of the provider.
type provider struct {
	login    oauth2.Config
	verifier *oidc.IDTokenVerifier
}

// ssoState is what a browser carries to the provider and back, sealed in a cookie.
type ssoState struct {
	State     string  `json:"s"`
	Nonce     string  `json:"n"`
	Verifier  string  `json:"v"` // of PKCE
	Next      string  `json:"p,omitempty"`
	Session   core.ID `json:"i,omitempty"` // to link the account to its person; empty: to sign in
	Workspace string  `json:"w,omitempty"` // slug, of the page that asked to link
	Expires   int64   `json:"e"`
}

// newSingleSignOn returns nil when no provider is configured.
func newSingleSignOn(o OIDCOptions, now func() time.Time) (*singleSignOn, error) {
	if o.Issuer == "" {
		return nil, nil //nolint:nilnil // nil is: not configured
	}
	// Every instance finds the same key, and it says nothing about the secret.
	key, err := hkdf.Key(sha256.New, []byte(o.ClientSecret), nil, "clockwarden single sign-on state 1 "+o.Issuer+" "+o.ClientID, 32)
	if err != nil {
		return nil, fmt.Errorf("key of the single sign-on: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("cipher of the single sign-on: %w", err)
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("cipher of the single sign-on: %w", err)
	}
	return &singleSignOn{o: o, now: now, seal: seal, client: &http.Client{Timeout: ssoWithin}}, nil
}

// find looks the provider up. A failure is not kept: the next visitor tries again.
func (s *singleSignOn) find() (*provider, error) {
	s.mu.Lock()
	p := s.found
	s.mu.Unlock()
	if p != nil {
		return p, nil
	}
	found, err, _ := s.finding.Do("", func() (any, error) {
		// Not the context of a request: others wait for the same answer. The client has a time limit.
		about, err := oidc.NewProvider(oidc.ClientContext(context.Background(), s.client), s.o.Issuer)
		if err != nil {
			return nil, fmt.Errorf("find the provider: %w", err)
		}
		p := &provider{
			login:    oauth2.Config{ClientID: s.o.ClientID, ClientSecret: s.o.ClientSecret, Endpoint: about.Endpoint(), Scopes: []string{oidc.ScopeOpenID}},
			verifier: about.Verifier(&oidc.Config{ClientID: s.o.ClientID, Now: s.now}),
		}
		s.mu.Lock()
		s.found = p
		s.mu.Unlock()
		return p, nil
	})
	if err != nil {
		return nil, err
	}
	return found.(*provider), nil //nolint:forcetypeassert // what the function returns
}

// start returns where to send the browser, and what it must bring back.
func (s *singleSignOn) start(back string, st ssoState) (to, sealed string, err error) {
	p, err := s.find()
	if err != nil {
		return "", "", err
	}
	st.State, st.Nonce, st.Verifier = rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	st.Expires = s.now().Add(ssoFor).Unix()
	plain, err := json.Marshal(st)
	if err != nil {
		return "", "", fmt.Errorf("write the state: %w", err)
	}
	to = p.login.AuthCodeURL(st.State, oauth2.SetAuthURLParam("redirect_uri", back), oidc.Nonce(st.Nonce), oauth2.S256ChallengeOption(st.Verifier))
	b := s.seal.Seal(nil, nil, plain, nil) //nolint:gosec // the cipher puts a random nonce before each text
	return to, base64.RawURLEncoding.EncodeToString(b), nil
}

// open reads what the browser brought back.
func (s *singleSignOn) open(sealed, state string) (ssoState, bool) {
	var st ssoState
	b, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return st, false
	}
	plain, err := s.seal.Open(nil, nil, b, nil)
	if err != nil || json.Unmarshal(plain, &st) != nil {
		return st, false
	}
	same := subtle.ConstantTimeCompare([]byte(st.State), []byte(state)) == 1
	return st, same && s.now().Unix() < st.Expires
}

// redeem exchanges the code for the provider's word of who this is: the subject, and nothing else. Addresses and
// names of the provider prove nothing here.
func (s *singleSignOn) redeem(ctx context.Context, back, code string, st ssoState) (subject string, err error) {
	p, err := s.find()
	if err != nil {
		return "", err
	}
	ctx = oidc.ClientContext(ctx, s.client)
	token, err := p.login.Exchange(ctx, code, oauth2.SetAuthURLParam("redirect_uri", back), oauth2.VerifierOption(st.Verifier))
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		// Its text holds the whole answer of the provider.
		return "", fmt.Errorf("the provider refused the code: %q", refused.ErrorCode)
	}
	if err != nil {
		return "", fmt.Errorf("exchange the code: %w", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return "", errors.New("the provider sent no ID token")
	}
	id, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return "", fmt.Errorf("verify the ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(st.Nonce)) != 1 {
		return "", errors.New("the ID token is of another sign-in")
	}
	var claims struct {
		Party string `json:"azp"`
	}
	if err := id.Claims(&claims); err != nil {
		return "", fmt.Errorf("read the ID token: %w", err)
	}
	if claims.Party != "" && claims.Party != s.o.ClientID {
		return "", errors.New("the ID token was issued to another client")
	}
	if id.Subject == "" || len(id.Subject) > 255 {
		return "", errors.New("the ID token names no subject")
	}
	return id.Subject, nil
}
