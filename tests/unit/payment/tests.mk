# tests of payment
