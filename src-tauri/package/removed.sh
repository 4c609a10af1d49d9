#!/bin/sh
# After a removal: nothing of anybody's home is touched, and where the shop's data lies is said.
# dpkg calls this with "remove", then perhaps "purge"; rpm with 0 when the last version goes, 1 on an update.
set -e
case "${1:-}" in
  remove | 0)
    cat <<'TOLD'
Backroom is removed. The shop's data is not: it lies in .local/share/backroom in the home of each person who worked with
Backroom here (or in the folder that BACKROOM_DATA_DIR names), and the keys to its accounts in their keychains under
"Backroom". Install Backroom again and everything is there. What was not yet sent to BigQuery exists nowhere else: delete
the folder only when the Sync screen said that nothing waits.
TOLD
    ;;
esac
exit 0
