# tests of pg
