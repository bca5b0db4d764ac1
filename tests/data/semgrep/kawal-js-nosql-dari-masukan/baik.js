app.post("/masuk", async (req, res) => {
  const a = await Pengguna.findOne({ nama: String(req.body.nama) });
});
