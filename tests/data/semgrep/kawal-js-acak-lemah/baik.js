const token = crypto.randomBytes(32).toString("hex");
const warna = Math.random();
