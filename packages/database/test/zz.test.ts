import { useTestDatabase } from './support/test-database';
const database = useTestDatabase();
it('x', async () => {
  const c = database.catalogue.collection<{_id: string; group?: string}>('x');
  await c.insertMany([{_id:'a'},{_id:'b',group:'g'}]);
  console.log(await c.find().toArray());
  console.log(await c.find({_id:'a'}).toArray());
  console.log(await c.updateOne({_id:'a'},{$set:{group:'h'}}));
  console.log(await c.find({_id:'a'}).toArray(), await c.find({group:'h'}).toArray());
  console.log(await c.bulkWrite([{updateOne:{filter:{_id:'a'},update:{$set:{group:'z'}}}},{updateOne:{filter:{_id:'c'},update:{$set:{group:'z'}}, upsert:true}}]));
  console.log(await c.find({}).toArray());
});
