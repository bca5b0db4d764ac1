const dokumen = libxmljs.parseXml(isi, { noent: true }); // TEMUAN
