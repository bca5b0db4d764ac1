app.get("/ambil", async (req, res) => {
  const isi = await fetch(req.query.url); // TEMUAN
  await axios.get(req.body.alamat); // TEMUAN
});
app.get("/cetak", async (req, res) => {
  await page.goto(req.query.alamat); // TEMUAN
  await got.get(req.body.alamat); // TEMUAN
});
