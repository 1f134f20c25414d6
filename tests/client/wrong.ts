/*
 * wrong.ts - what the contract forbids, a line each: every line but the imports must be an error of the compiler.
 */
import { connect } from "billfold-client";

const billfold = connect("https://billing.example.com", { id: "", secret: "" });

void billfold.POST("/v1/accounts", { body: { currency: "EUR" } }); // lacks legal_name
void billfold.POST("/v1/payments", { body: { account_id: "x", amount: "100" } }); // no number
void billfold.GET("/v1/acounts"); // no path
void billfold.GET("/v1/deals/{id}"); // lacks id
