app.post("/gambar", (req, res) => {
  child_process.execFile("convert", [req.body.berkas, "hasil.png"]);
});
app.get("/ubah", (req, res) => {
  execFile("convert", [req.query.nama, "hasil.pdf"], selesai);
});
