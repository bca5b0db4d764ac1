app.get("/dokumen", (req, res) => {
  res.sendFile("/data/" + req.query.nama); // TEMUAN
  fs.readFile(`/data/${req.params.nama}`, selesai); // TEMUAN
});
