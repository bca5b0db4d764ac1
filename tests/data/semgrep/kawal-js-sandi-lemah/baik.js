const a = crypto.createCipheriv("aes-256-gcm", kunci, iv);
