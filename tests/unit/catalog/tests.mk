# tests of catalog
