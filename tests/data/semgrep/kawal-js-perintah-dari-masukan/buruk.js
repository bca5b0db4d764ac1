app.post("/gambar", (req, res) => {
  child_process.exec("convert " + req.body.berkas); // TEMUAN
  execSync(`ping -c 1 ${req.query.alamat}`); // TEMUAN
});
app.get("/ubah", (req, res) => {
  execFile("sh", ["-c", "convert " + req.query.nama], selesai); // TEMUAN
  child_process.spawn("bash", ["-c", req.body.perintah]); // TEMUAN
});
