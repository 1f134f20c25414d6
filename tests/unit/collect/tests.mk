# tests of collect
