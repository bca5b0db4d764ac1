app.post("/masuk", async (req, res) => {
  const a = await Pengguna.findOne({ nama: req.body.nama, sandi: req.body.sandi }); // TEMUAN
  const b = await Pengguna.find(req.query); // TEMUAN
});
