# tests of process
