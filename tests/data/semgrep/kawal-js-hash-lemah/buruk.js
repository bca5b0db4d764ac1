const h = crypto.createHash("md5").update(sandi).digest("hex"); // TEMUAN
