const h = crypto.createHash("sha256").update(isi).digest("hex");
