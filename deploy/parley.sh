#!/bin/sh
# /usr/local/bin/parley: the command line of the server that parley.service runs, with its folder, its settings and its user.
export NUXT_DATA_DIR=/var/lib/parley
# What root starts goes on as the server's user: a file of root's in the data folder is one that the server cannot open.
if [ "$(id -u)" = 0 ]; then
  if [ -r /etc/parley.env ]; then
    # Read, not run: a value may hold anything.
    while IFS= read -r line || [ -n "$line" ]; do
      value=${line#*=}
      case $value in \"*\" | \'*\') value=${value#?}; value=${value%?} ;; esac
      case $line in NUXT_*=*) export "${line%%=*}=$value" ;; esac
    done < /etc/parley.env
  fi
  exec runuser -u parley -- /usr/bin/node /opt/parley/cli/parley.mjs "$@"
fi
exec /usr/bin/node /opt/parley/cli/parley.mjs "$@"
