# tests of resource
