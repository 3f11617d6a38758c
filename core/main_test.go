package core_test

import (
	"os"
	"testing"

	"github.com/clockwarden/clockwarden/core/coretest"
	"github.com/clockwarden/clockwarden/tools/postgrestest"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m, coretest.Migrate)) }
