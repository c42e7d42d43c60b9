package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/medlem-register/medlem/internal/secretstore"
	"github.com/medlem-register/medlem/internal/sms"
)

// The settings of the SMS gateway lie beside the outbox of this copy, and the secret of
// its account in the system's keyring or in a file beside them.
const (
	smsSettingsFile  = "sms.json"
	smsSecret        = "sms"
	smsSettingsLimit = 16 << 10 // bytes
)

// smsSettings reads the settings of the gateway; nil: there are none.
func (s *session) smsSettings() (*sms.Settings, error) {
	path := filepath.Join(s.settingsFolder(), smsSettingsFile)
	b, err := readFile(path, smsSettingsLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	x, err := sms.ParseSettings(b)
	if err != nil {
		return nil, &failure{exitRead, err.Error(), s.tr("set it up again: medlem sms setup")}
	}
	return x, nil
}

// smsGateway opens the gateway that was set up.
func (s *session) smsGateway() (sms.Gateway, error) {
	x, err := s.smsSettings()
	if err != nil {
		return nil, err
	}
	if x == nil {
		return nil, s.noGateway()
	}
	if err := s.smsSaysNothing(x); err != nil { // the policy may have changed since it was set up
		return nil, err
	}
	store, err := secretstore.Open(s.settingsFolder())
	if err != nil {
		return nil, err
	}
	secret, _, err := store.Get(smsSecret)
	switch {
	case errors.Is(err, secretstore.ErrNone):
		return nil, &failure{exitOpen, s.tr("the secret of the SMS gateway's account is not here"), s.tr("set it up again: medlem sms setup")}
	case errors.Is(err, secretstore.ErrLoose):
		return nil, &failure{exitOpen, s.tr("others on this computer can read the secret of the SMS gateway's account"), s.tr("change the secret, and set it up again: medlem sms setup")}
	case err != nil:
		return nil, err
	}
	return sms.Open(*x, secret)
}

func (s *session) noGateway() error {
	return refused(s.tr("no SMS gateway is set up here"), s.tr("set one up: medlem sms setup"))
}

// saveSMS keeps the settings of the gateway and the secret of its account.
func (s *session) saveSMS(x *sms.Settings, secret string, in secretstore.Where) error {
	store, err := secretstore.Open(s.settingsFolder())
	if err != nil {
		return err
	}
	if secret != "" {
		if err := store.Put(smsSecret, secret, in); err != nil {
			return err
		}
	}
	return replaceFile(filepath.Join(s.settingsFolder(), smsSettingsFile), x.Encode())
}

// replaceFile writes a file that nobody else reads, in one step.
func replaceFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	if err = fill(f, b); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
