package desk_test

import (
	"os"
	"testing"

	"github.com/medlem-register/medlem/internal/scratch"
)

func TestMain(m *testing.M) { os.Exit(scratch.Run(m)) }
