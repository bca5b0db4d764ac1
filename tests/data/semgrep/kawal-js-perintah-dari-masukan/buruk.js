app.post("/gambar", (req, res) => {
  child_process.exec("convert " + req.body.berkas); // TEMUAN
  execSync(`ping -c 1 ${req.query.alamat}`); // TEMUAN
});
