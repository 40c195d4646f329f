"""The tester of a rehearsal: passes, or fails what was built."""

import sys

# Run by its path and isolated: nothing else says where its package is.
sys.path.insert(0, __file__.rsplit("/", 3)[0])

from adapters.rehearsal.deeds import rehearse

if __name__ == "__main__":
    sys.exit(rehearse("tester"))
