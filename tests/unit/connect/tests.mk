# tests of connect
