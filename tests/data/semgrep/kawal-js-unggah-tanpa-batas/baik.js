const unggah = multer({ dest: "unggahan/", limits: { fileSize: 2000000 } });
app.use(fileUpload({ limits: { fileSize: 2000000 } }));
