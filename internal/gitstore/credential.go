package gitstore

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// credentialLimit is how much of a credential helper's answer is read, in bytes.
const credentialLimit = 64 << 10 // 64 KiB

// credential runs git's credential helpers: "fill" asks for a login, "approve"
// and "reject" say what the server thought of it. No helper may prompt.
func (m *Remote) credential(ctx context.Context, action string, who login) (login, bool) {
	git, err := exec.LookPath("git")
	if err != nil {
		return login{}, false
	}
	var in strings.Builder
	fmt.Fprintf(&in, "protocol=%s\nhost=%s\npath=%s\n", m.scheme, m.address(), strings.TrimPrefix(m.path, "/"))
	for key, v := range map[string]string{"username": who.user, "password": who.password} {
		if v != "" && !hasControl(v) {
			fmt.Fprintf(&in, "%s=%s\n", key, v)
		}
	}
	in.WriteByte('\n')
	cmd := exec.CommandContext(ctx, git, "credential", action)
	cmd.Env = append(gitEnv(), "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=", "GCM_INTERACTIVE=never")
	cmd.Stdin = strings.NewReader(in.String())
	cmd.WaitDelay = endWait
	var out bytes.Buffer
	cmd.Stdout = &cappedWriter{w: &out, left: credentialLimit}
	if err := cmd.Run(); err != nil {
		return login{}, false
	}
	var got login
	for line := range strings.Lines(out.String()) {
		key, v, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		switch key {
		case "username":
			got.user = v
		case "password":
			got.password = v
		}
	}
	return got, got.password != ""
}

// cappedWriter passes on what it has room for and drops the rest.
type cappedWriter struct {
	w    *bytes.Buffer
	left int
}

func (c *cappedWriter) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.left -= n
	c.w.Write(p[:n])
	return len(p), nil
}
