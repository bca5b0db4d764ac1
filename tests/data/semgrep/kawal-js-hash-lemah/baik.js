const h = crypto.createHash("sha256").update(isi).digest("hex");
const sidik = CryptoJS.SHA256(isi).toString();
