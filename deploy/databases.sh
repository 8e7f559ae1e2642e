#!/bin/sh
# Run once by the PostgreSQL image on an empty volume: an owner and the databases for Temporal, and for our records.
set -eu
psql --username=postgres --set=ON_ERROR_STOP=1 \
  --set=temporal="$(cat /run/secrets/temporal_password)" --set=duly="$(cat /run/secrets/duly_password)" <<'SQL'
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE ROLE duly LOGIN PASSWORD :'duly';
CREATE DATABASE duly OWNER duly;
CREATE DATABASE duly_drill OWNER duly;
SQL
