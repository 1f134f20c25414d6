# tests of job
