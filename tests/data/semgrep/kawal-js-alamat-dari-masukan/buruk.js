app.get("/ambil", async (req, res) => {
  const isi = await fetch(req.query.url); // TEMUAN
  await axios.get(req.body.alamat); // TEMUAN
});
