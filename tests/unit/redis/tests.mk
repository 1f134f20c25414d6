# tests of redis
