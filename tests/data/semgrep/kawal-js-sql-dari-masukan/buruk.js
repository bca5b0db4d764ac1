app.get("/warga", (req, res) => {
  db.query("SELECT * FROM warga WHERE id = " + req.query.id, selesai); // TEMUAN
  const nama = req.body.nama;
  pool.execute(`SELECT * FROM pasar WHERE nama = '${nama}'`); // TEMUAN
});
