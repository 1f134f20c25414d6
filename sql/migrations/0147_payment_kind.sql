-- What 0126 added without a look at the rows that were there holds of them too.
ALTER TABLE payment.payment VALIDATE CONSTRAINT payment_kind_check;
