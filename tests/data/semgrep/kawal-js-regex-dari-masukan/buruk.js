app.get("/cari", (req, res) => {
  const pola = new RegExp(req.query.cari, "i"); // TEMUAN
  Pasar.find({ nama: { $regex: req.query.nama } }); // TEMUAN
});
