app.get("/dokumen", (req, res) => {
  res.sendFile("/data/" + path.basename(req.query.nama));
});
