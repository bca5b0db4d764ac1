const h = crypto.createHash("md5").update(sandi).digest("hex"); // TEMUAN
const sidik = CryptoJS.MD5(sandi).toString(); // TEMUAN
