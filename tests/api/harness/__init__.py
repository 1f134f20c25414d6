"""What every API test stands on: one real product, clients that speak to it, looks at its database and mail."""
