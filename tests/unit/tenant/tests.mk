# tests of tenant
