const isi = jwt.decode(token); // TEMUAN
const b = jwt.verify(token, kunci, { algorithms: ["none"] }); // TEMUAN
