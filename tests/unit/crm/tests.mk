# tests of crm
